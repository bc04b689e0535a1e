{%- set measures = ['accuracy', 'error_consistency'] -%}

with halves as (select * from {{ ref('int_trial_halves_estimated') }}),

observers as (
    select * from {{ ref('int_observers_assessed') }}
    where not is_human and not is_broken and not is_partial and duplicate_of is null
),

pairs as (
    select * from {{ ref('int_observer_pairs_estimated') }}
    where pair_kind = 'model-human' and condition != 'all' and not is_excluded
),

models as (
    select
        {% for measure in measures %}
        avg({{ measure }}_even order by condition) as {{ measure }}_even,
        avg({{ measure }}_odd order by condition) as {{ measure }}_odd,
        {% endfor %}
        dataset_id,
        source_id,
        observer_id
    from halves
    semi join observers using (source_id, observer_id)
    group by all
),

split as (
    {% for measure in measures %}
    select
        dataset_id,
        '{{ measure }}' as measure,
        count({{ measure }}_even) as n_models,
        {{ correlation(measure ~ '_even', measure ~ '_odd', 'source_id, observer_id') }} as estimate
    from models
    group by dataset_id
    having n_models >= 3
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

per_subject as (
    select
        dataset_id,
        source_a as source_id,
        observer_a as observer_id,
        observer_b as subject,
        avg(error_consistency order by condition) as error_consistency
    from pairs
    semi join observers
        on pairs.source_a = observers.source_id and pairs.observer_a = observers.observer_id
    group by all
),

subject_pairs as (
    select
        a.dataset_id,
        a.subject as subject_a,
        b.subject as subject_b,
        {{ correlation(
            'a.error_consistency', 'b.error_consistency', 'a.source_id, a.observer_id'
        ) }} as estimate
    from per_subject as a
    inner join per_subject as b using (dataset_id, source_id, observer_id)
    where a.subject < b.subject
    group by all
    having count(a.error_consistency + b.error_consistency) >= 3
),

subjects as (
    select
        dataset_id,
        'error_consistency' as measure,
        count(*) as n_subject_pairs,
        avg(estimate order by subject_a, subject_b) as subject_estimate
    from subject_pairs
    where estimate is not null
    group by dataset_id
),

final as (
    select
        split.dataset_id,
        split.measure,
        split.n_models,
        split.estimate as split_half_estimate,
        2 * split_half_estimate / nullif(1 + split_half_estimate, 0) as reliability,
        coalesce(subjects.n_subject_pairs, 0) as n_subject_pairs,
        subjects.subject_estimate
    from split
    left join subjects using (dataset_id, measure)
)

select * from final
