with cells as (
    select
        *,
        case column_name
            when 'acc1' then 'zero-shot'
            when 'image_retrieval_recall@5' then 'image-recall-5'
            else 'text-recall-5'
        end as measure
    from {{ source('clip_benchmark', 'openclip_results') }}
    unpivot (
        score_text for column_name in (
            "acc1", "image_retrieval_recall@5", "text_retrieval_recall@5"
        )
    )
)

select
    {{ printed_score(
        'clip_benchmark_2026', 'model_fullname',
        "'clip_benchmark.' || replace(downstream_dataset, '/', '-') || '.' || measure",
        "downstream_dataset || ' ' || column_name"
    ) }}
from cells
-- A set is asked either for classes or for captions. The one with several labels per image has no
-- accuracy, and its mean average precision is not in this file.
where
    (measure = 'zero-shot') = (task = 'zeroshot_classification')
    and downstream_dataset != 'voc2007_multilabel'
