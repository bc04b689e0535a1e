-- ImageNet top-1 as printed beside a name: how the value came about, and what was measured
-- elsewhere for the weights that the name is linked to.
with names as (select * from {{ ref('int_model_names_resolved') }}),
scores as (select * from {{ ref('int_scores_evidenced') }}),
snapshots as (select * from {{ ref('snapshots') }}),

benchmarks as (
    select * from {{ ref('covariate_benchmarks') }}
    where covariate = 'imagenet_top1'
),

printed as (
    select
        names.*,
        snapshots.snapshot_date,
        scores.variant_id,
        scores._file,
        scores._row,
        benchmarks.benchmark_id,
        benchmarks.priority,
        benchmarks.made,
        coalesce(scores.score_raw, scores.score) * benchmarks.percent_per_unit as imagenet_top1,
        -- three decimals of the fraction
        abs(imagenet_top1 - round(imagenet_top1, 1)) < 1e-9 as is_short
    from scores
    inner join benchmarks using (benchmark_id)
    inner join snapshots using (snapshot_id)
    inner join names using (snapshot_id, source_model_key)
    where scores.score is not null
),

-- Brain-Score prints its own measurements and copies of a table side by side
copies as (
    select
        printed.snapshot_id,
        printed.source_model_key,
        arg_min(tables.imagenet_top1, abs(tables.imagenet_top1 - printed.imagenet_top1)) as typed,
        bool_or(
            abs(tables.imagenet_top1 - printed.imagenet_top1)
            < if(printed.is_short, .05, 0) + 1e-9
        ) as is_copy
    from printed
    inner join printed as tables
        on
            tables.made = 'typed'
            and (
                printed.source_model_name = tables.source_model_name
                or printed.candidate_model_id = tables.candidate_model_id
            )
    where printed.made = 'either'
    group by all
),

originated as (
    select
        printed.*,
        case
            when printed.made != 'either' then printed.made
            when copies.is_copy then 'typed'
            else 'measured_alike'
        end as origin,
        case
            when printed.made = 'typed' then 'a table of published accuracies'
            when printed.made = 'measured' then 'measured by the source or the weights'' publisher'
            when copies.is_copy then 'equals ' || round(copies.typed, 2) || ' in candidate_models'
            else
                coalesce(
                    round(copies.typed, 2) || ' in candidate_models', 'not in candidate_models'
                ) || if(printed.is_short, '', ', more than three decimals')
        end as evidence_of_origin
    from printed
    left join copies using (snapshot_id, source_model_key)
),

measured as (
    select * from originated
    where confidence = 'exact_weights' and origin != 'typed'
),

-- the best measurement of the same weights elsewhere, at the image size that comes closest
compared as (
    select
        originated.*,
        measured.imagenet_top1 as elsewhere,
        measured.snapshot_id as elsewhere_snapshot_id,
        measured.origin as elsewhere_origin
    from originated
    left join measured
        on
            originated.candidate_model_id = measured.candidate_model_id
            and originated.snapshot_id != measured.snapshot_id
            and (originated.benchmark_id != measured.benchmark_id or measured.origin = 'measured')
    qualify row_number() over (
        partition by originated.snapshot_id, originated.source_model_key
        order by
            measured.priority asc, measured.snapshot_date desc, measured.snapshot_id asc,
            abs(originated.imagenet_top1 - measured.imagenet_top1) asc, originated.variant_id asc
    ) = 1
),

final as (
    select
        snapshot_id,
        source_model_key,
        benchmark_id,
        _file,
        _row,
        imagenet_top1,
        origin as imagenet_top1_origin,
        evidence_of_origin as imagenet_top1_evidence,
        elsewhere as imagenet_top1_elsewhere,
        elsewhere_snapshot_id,
        -- Weights that are the same differ by half a point at most where both sides prepare images
        -- as the network was trained. Brain-Score prepares them alike for all networks, which can
        -- only lower an accuracy (docs/identity.md).
        case
            when confidence = 'exact_weights'
                then
                    abs(imagenet_top1 - elsewhere) > 1
                    and if(imagenet_top1 < elsewhere, origin, elsewhere_origin) != 'measured_alike'
        end as is_contradicted
    from compared
)

select * from final
