-- What each source says about a set of weights, one statement a row. The smallest priority is
-- believed: reviewed facts, the timm tag, curated metadata, then the studies' own columns.
with names as (
    select distinct
        snapshot_id,
        source_model_key,
        source_model_name,
        model_id
    from {{ ref('int_model_names_resolved') }}
),

reviewed as (
    select
        model_id,
        attribute,
        value,
        1 as priority
    from {{ ref('model_attributes') }}
),

tagged as (
    select distinct
        model_id,
        regexp_extract(model_id, '\.([^.]+)$', 1) as tag
    from names
    where not contains(model_id, ':')
),

tag_facts as (
    select
        tagged.model_id,
        tags.training_data,
        tags.objective,
        row_number() over (partition by tagged.model_id order by tags.priority) as place
    from tagged
    inner join {{ ref('timm_tags') }} as tags on regexp_matches(tagged.tag, tags.pattern)
),

from_tags as (
    select
        model_id,
        'training_data' as attribute,
        training_data as value,
        2 as priority
    from tag_facts
    where place = 1
    union all
    select
        model_id,
        'objective' as attribute,
        objective as value,
        2 as priority
    from tag_facts
    where place = 1
    union all
    select
        model_id,
        'architecture' as attribute,
        regexp_extract(model_id, '^(.*)\.[^.]+$', 1) as value,
        2 as priority
    from tagged
),

metadata as (
    select
        names.model_id,
        models.n_parameters,
        models.supervision_type
    from {{ ref('stg_brainscore_model_metadata__models') }} as models
    inner join names
        on
            models.source_model_name = names.source_model_name
            and names.snapshot_id = 'brainscore_2025_05'
),

datasets as (
    select
        names.model_id,
        string_agg(
            distinct datasets.dataset_identifier, ' + ' order by datasets.dataset_identifier
        ) as training_data
    from {{ ref('stg_brainscore_model_metadata__model_datasets') }} as datasets
    inner join names
        on
            datasets.source_model_name = names.source_model_name
            and names.snapshot_id = 'brainscore_2025_05'
    where datasets.training_role = 'training'
    group by names.model_id
),

timm_sizes as (
    select
        names.model_id,
        max(sizes.n_parameters) as n_parameters
    from (
        select
            snapshot_id,
            source_model_key,
            n_parameters
        from {{ ref('stg_timm_results__results_2025_10_30') }}
        union all
        select
            snapshot_id,
            source_model_key,
            n_parameters
        from {{ ref('stg_timm_results__results_2022_07_27') }}
        union all
        select
            snapshot_id,
            source_model_key,
            n_parameters
        from {{ ref('stg_timm_results__results_2022_01_18') }}
    ) as sizes
    inner join names
        on
            sizes.snapshot_id = names.snapshot_id
            and sizes.source_model_key = names.source_model_key
    group by names.model_id
),

timm_pretraining as (
    select
        names.model_id,
        min(metadata.pretraining) as pretraining
    from {{ ref('stg_timm_results__model_metadata') }} as metadata
    inner join names
        on
            metadata.snapshot_id = names.snapshot_id
            and metadata.source_model_key = names.source_model_key
    group by names.model_id
),

scaling as (
    select
        names.model_id,
        min(scores.architecture) as architecture,
        min(scores.training_data) as training_data,
        max(scores.n_parameters) as n_parameters,
        case
            when bool_or(scores.is_random) then 'untrained'
            when bool_or(scores.is_self_supervised) then 'self-supervised'
        end as objective
    from {{ ref('stg_scaling_primate_vvs__benchmark_scores') }} as scores
    inner join names
        on
            scores.snapshot_id = names.snapshot_id
            and scores.source_model_key = names.source_model_key
    group by names.model_id
),

deepnsd as (
    select
        names.model_id,
        min(scores.architecture) as architecture,
        min(scores.train_data) as training_data,
        max(scores.n_parameters) as n_parameters,
        case min(scores.train_task)
            when 'random' then 'untrained'
            when 'classification' then 'supervised'
            else min(scores.train_task)
        end as objective
    from {{ ref('stg_deepnsd__results_summarys') }} as scores
    inner join names
        on
            scores.snapshot_id = names.snapshot_id
            and scores.source_model_key = names.source_model_key
    group by names.model_id
),

encoders as (
    select
        model_id,
        split_part(source_model_name, '|', 1) as architecture,
        case when split_part(source_model_name, '|', 3) = 'Untrained' then 'untrained' end
            as objective
    from names
    where snapshot_id = 'encoder_dimensionality_2022'
),

embedded as (
    select distinct
        names.model_id,
        manifests.architecture,
        manifests.training_data,
        case when manifests.weights_source = 'random' then 'untrained' end as objective
    from {{ ref('stg_compute__embedding_manifests') }} as manifests
    inner join names
        on
            manifests.snapshot_id = names.snapshot_id
            and manifests.source_model_key = names.source_model_key
),

unioned as (
    select * from reviewed
    union all
    select
        model_id,
        'architecture',
        architecture,
        3
    from embedded
    union all
    select
        model_id,
        'training_data',
        training_data,
        3
    from embedded
    union all
    select
        model_id,
        'objective',
        objective,
        3
    from embedded
    union all
    select * from from_tags
    union all
    select
        model_id,
        'n_parameters',
        cast(n_parameters as varchar),
        4
    from metadata
    union all
    select
        model_id,
        'objective',
        supervision_type,
        3
    from metadata
    union all
    select
        model_id,
        'training_data',
        training_data,
        3
    from datasets
    union all
    select
        model_id,
        'n_parameters',
        cast(n_parameters as varchar),
        2
    from timm_sizes
    union all
    select
        model_id,
        'training_data',
        pretraining,
        6
    from timm_pretraining
    union all
    select
        model_id,
        'architecture',
        architecture,
        4
    from scaling
    union all
    select
        model_id,
        'training_data',
        training_data,
        4
    from scaling
    union all
    select
        model_id,
        'n_parameters',
        cast(n_parameters as varchar),
        3
    from scaling
    union all
    select
        model_id,
        'objective',
        objective,
        4
    from scaling
    union all
    select
        model_id,
        'architecture',
        architecture,
        5
    from deepnsd
    union all
    select
        model_id,
        'training_data',
        training_data,
        5
    from deepnsd
    union all
    select
        model_id,
        'n_parameters',
        cast(n_parameters as varchar),
        5
    from deepnsd
    union all
    select
        model_id,
        'objective',
        objective,
        5
    from deepnsd
    union all
    select
        model_id,
        'architecture',
        architecture,
        6
    from encoders
    union all
    select
        model_id,
        'objective',
        objective,
        6
    from encoders
),

final as (
    select
        model_id,
        attribute,
        value,
        priority
    from unioned
    where value is not null and value != ''
)

select * from final
