-- X is an attempt without a valid score.
select
    {{ printed_score('scaling_brainscore_2024', 'model_id', 'column_name', 'column_name') }}
from {{ cells_of(source('scaling_primate_vvs', 'benchmark_scores_brainscore'), 'model_id') }}
