-- Repeats as in combined_results; imagenet_accuracy repeats that file, so it is left to it.
select
    {{ printed_score(
        'vpt_2024', 'model_name',
        "'vpt.strategy.' || if(contains(_file, '/finetune_view_exp/'), 'fine-tuned', 'linear-probe')",
        "'view_accuracy'", repeat_number('_file, model_name'), cell='view_accuracy'
    ) }}
from {{ source('vpt_3dpc', 'view_results') }}
