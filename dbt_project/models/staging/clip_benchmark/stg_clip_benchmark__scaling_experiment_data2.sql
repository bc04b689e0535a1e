-- Nine settings are nine variants, in one order for all cells: the model's is the first, with the
-- most training. The best of nine would be chosen on the test images.
select
    {{ printed_score(
        'clip_benchmark_2026', 'model_short',
        "'clip_benchmark.' || replace(dataset, '/', '-') || if(k = '-1', '.probe', '.' || k || '-shot')",
        "dataset || ' k=' || k",
        "row_number() over (partition by model_short, dataset, k "
        ~ "order by lr::double desc, epochs::int desc)"
        ~ " || ': rate ' || lr || ', ' || epochs || ' epochs'",
        'lp_acc1'
    ) }}
from {{ source('clip_benchmark', 'scaling_experiment_data2') }}
