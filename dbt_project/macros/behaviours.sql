{#- Tables of decisions, from published trials and from those of this machine: docs/trials.md. -#}

{# One bit per image: a pair of observers is then a few bit operations. 2,048 places
   hold the largest condition (1,600 images), DuckDB refuses a number beyond; the bits are then cut
   to the number of images of the condition. #}
{% macro packed_decisions(trials) -%}
with trials as (
    select * from {{ trials }}
    where repeats_source_id is null
),

stimuli as (select * from {{ ref('int_trial_stimuli_numbered') }}),
datasets as (select * from {{ ref('trial_datasets') }}),

packed as (
    select
        trials.source_id,
        trials.dataset_id,
        trials.observer_id,
        trials.condition,
        bool_or(trials.is_human) as is_human,
        bool_or(datasets.is_by_age) as is_by_age,
        bool_or(trials.is_excluded) as is_excluded,
        bool_or(trials.is_undistorted) as is_undistorted,
        max(stimuli.n_stimuli) as n_stimuli,
        count(*) as n_trials,
        count(*) filter (where trials.is_correct) as n_correct,
        count(*) filter (where trials.response = 'na') as n_unanswered,
        bitstring_agg(stimuli.stimulus_number, 0, 2047) as seen,
        coalesce(
            bitstring_agg(stimuli.stimulus_number, 0, 2047) filter (where trials.is_correct),
            bitstring('0', 2048)
        ) as correct
    from trials
    inner join stimuli using (dataset_id, condition, image_key)
    inner join datasets using (dataset_id)
    group by trials.source_id, trials.dataset_id, trials.observer_id, trials.condition
),

final as (
    select
        * exclude (n_stimuli) replace (
            cast(left(cast(seen as varchar), n_stimuli) as bit) as seen,
            cast(left(cast(correct as varchar), n_stimuli) as bit) as correct
        ),
        cast(left(repeat('10', 1024), n_stimuli) as bit) as even
    from packed
)

select * from final
{%- endmacro %}

{# The place of an observer among the networks, or the people, of its dataset, those of this machine
   first: of networks, the first of `paired_networks` are paired with each other. #}
{% macro place_in_dataset() -%}
    dense_rank() over (
        partition by dataset_id, is_human order by source_id != 'own', source_id, observer_id
    )
{%- endmacro %}

{# The pairs of observers of a dataset and condition, models first, by bit operations: with people
   all, of networks those of the first, as all pairs of thousands would be a hundred times as many
   rows as trials. Counts of the even images serve the split halves. Pairs are joined by whole
   numbers: text takes twice as long. `more` is a further condition on a pair. #}
{% macro counted_pairs(decisions, more=none) -%}
with decisions as (
    select
        *,
        dense_rank() over (order by dataset_id, condition) as cell,
        row_number() over (order by is_human, source_id, observer_id, dataset_id, condition)
            as place,
        {{ place_in_dataset() }} as place_in_dataset
    from {{ decisions }}
),

seconds as (
    select * from decisions
    where is_human or place_in_dataset <= {{ var('paired_networks') }}
),

overlapped as (
    select
        a.dataset_id,
        a.condition,
        a.is_excluded,
        a.source_id as source_a,
        a.observer_id as observer_a,
        a.is_human as is_human_a,
        b.source_id as source_b,
        b.observer_id as observer_b,
        b.is_human as is_human_b,
        a.seen & b.seen as seen,
        a.correct & b.seen as correct_a,
        b.correct & a.seen as correct_b,
        a.even
    from decisions as a
    inner join seconds as b
        on
            a.cell = b.cell
            and a.place < b.place
            and (b.is_human or a.place_in_dataset <= {{ var('paired_networks') }})
            {%- if more %}
            and {{ more }}
            {%- endif %}
),

final as (
    select
        * exclude (seen, correct_a, correct_b, even),
        case
            when is_human_a and is_human_b then 'human-human'
            when is_human_a or is_human_b then 'model-human'
            else 'model-model'
        end as pair_kind,
        bit_count(seen) as n_shared,
        bit_count(correct_a) as n_correct_a,
        bit_count(correct_b) as n_correct_b,
        bit_count(correct_a & correct_b) as n_correct_both,
        bit_count(seen & even) as n_even,
        bit_count(correct_a & even) as n_even_a,
        bit_count(correct_b & even) as n_even_b,
        bit_count(correct_a & correct_b & even) as n_even_both
    from overlapped
    where bit_count(seen) > 0
)

select * from final
{%- endmacro %}

{# Error consistency of every pair, per condition and, as condition 'all', over the
   trials of all conditions that the toolbox keeps. Fewer than 160 shared images give no estimate. #}
{% macro estimated_pairs(pairs) -%}
with pairs as (
    select * from {{ pairs }}
),

counted as (
    select * exclude (is_human_a, is_human_b, n_even, n_even_a, n_even_b, n_even_both)
    from pairs
    union all by name
    select
        dataset_id,
        'all' as condition,
        false as is_excluded,
        pair_kind,
        source_a,
        observer_a,
        source_b,
        observer_b,
        cast(sum(n_shared) as bigint) as n_shared,
        cast(sum(n_correct_a) as bigint) as n_correct_a,
        cast(sum(n_correct_b) as bigint) as n_correct_b,
        cast(sum(n_correct_both) as bigint) as n_correct_both
    from pairs
    where not is_excluded
    group by all
),

consistent as (
    select
        *,
        if(n_shared >= 160, n_shared, null) as n,
        n_correct_a / n as accuracy_a,
        n_correct_b / n as accuracy_b,
        {{ observed_consistency('n', 'n_correct_a', 'n_correct_b', 'n_correct_both') }}
            as observed_consistency,
        {{ expected_consistency('n', 'n_correct_a', 'n_correct_b') }} as expected_consistency
    from counted
),

estimated as (
    select
        *,
        {{ error_consistency('observed_consistency', 'expected_consistency') }}
            as error_consistency,
        n * (1 - accuracy_a) * (1 - accuracy_b) < 5 as is_near_ceiling
    from consistent
),

-- The interval is that of the table with one more image in each of its four cells: where few images
-- are missed by both, the error of the table as it is comes out far too small.
widened as (
    select
        *,
        n + 4 as more,
        {{ observed_consistency('more', '(n_correct_a + 2)', '(n_correct_b + 2)',
            '(n_correct_both + 1)') }} as more_observed,
        {{ expected_consistency('more', '(n_correct_a + 2)', '(n_correct_b + 2)') }}
            as more_expected,
        {{ error_consistency('more_observed', 'more_expected') }} as centre,
        {{ kappa_standard_error(
            'centre',
            'more_expected',
            'more',
            '((n_correct_both + 1) / more)',
            '((n_correct_a - n_correct_both + 1) / more)',
            '((n_correct_b - n_correct_both + 1) / more)',
            '((n - n_correct_a - n_correct_b + n_correct_both + 1) / more)'
        ) }} as standard_error
    from estimated
),

-- least() and greatest() skip a null: without an estimate they would still give limits
final as (
    select
        * exclude (n, more, more_observed, more_expected, centre),
        case
            when error_consistency is not null
                then greatest(
                    least(centre - 1.959963984540054 * standard_error, error_consistency), -1
                )
        end as ci_low,
        case
            when error_consistency is not null
                then least(
                    greatest(centre + 1.959963984540054 * standard_error, error_consistency), 1
                )
        end as ci_high
    from widened
)

select * from final
{%- endmacro %}

{# The toolbox's measures of a model inside one dataset: over the conditions it keeps, then over the
   people (docs/trials.md). A dataset with a pair below 160 shared images has no
   value; one whose people are of several ages has no row, they are never put together. #}
{% macro averaged_behaviours(pairs, decisions) -%}
with pairs as (
    select
        * replace (
            {{ averaged_consistency('observed_consistency', 'error_consistency') }}
                as error_consistency
        )
    from {{ pairs }}
    where pair_kind = 'model-human' and condition != 'all'
),

decisions as (
    select * from {{ decisions }}
    where not is_human and not is_by_age
),

people as (
    select
        dataset_id,
        source_a as source_id,
        observer_a as observer_id,
        source_b,
        observer_b,
        count(*) filter (where not is_excluded) as n_conditions,
        count(error_consistency) filter (where not is_excluded) as n_estimated,
        count(*) as n_all_conditions,
        count(error_consistency) as n_all_estimated,
        avg(pow(accuracy_a - accuracy_b, 2) order by condition) filter (where not is_excluded)
            as accuracy_difference,
        avg(observed_consistency order by condition) filter (where not is_excluded)
            as observed_consistency,
        avg(error_consistency order by condition) filter (where not is_excluded)
            as error_consistency,
        avg(error_consistency order by condition) as error_consistency_all_conditions,
        count(*) filter (where is_near_ceiling and not is_excluded) as n_near_ceiling
    from pairs
    group by all
),

averaged as (
    select
        dataset_id,
        source_id,
        observer_id,
        {% for measure, all in {
            'accuracy_difference': '',
            'observed_consistency': '',
            'error_consistency': '',
            'error_consistency_all_conditions': 'all_',
        }.items() %}
        case
            when min(n_{{ all }}estimated) = max(n_{{ all }}conditions)
                then avg({{ measure }} order by source_b, observer_b)
        end as {{ measure }},
        {% endfor %}
        count(*) as n_subjects,
        min(n_conditions) as n_conditions,
        sum(n_near_ceiling) / nullif(sum(n_estimated), 0) as share_near_ceiling
    from people
    group by all
),

accuracies as (
    select
        dataset_id,
        source_id,
        observer_id,
        cast(sum(n_trials) as bigint) as n_trials,
        avg(n_correct / n_trials order by condition) filter (where not is_excluded)
            as ood_accuracy,
        sum(n_correct) / sum(n_trials) as accuracy_all_conditions
    from decisions
    group by all
),

final as (
    select
        * replace (
            coalesce(n_subjects, 0) as n_subjects, coalesce(n_conditions, 0) as n_conditions
        )
    from accuracies
    left join averaged using (source_id, observer_id, dataset_id)
)

select * from final
{%- endmacro %}

{# Decisions on cue-conflict images whose shape and texture name different categories (Geirhos et
   al. 2019): of those that name either, the share that names the shape. #}
{% macro counted_shapes(trials) -%}
with datasets as (
    select * from {{ ref('trial_datasets') }}
    where 'cue-conflict' in (dataset_id, toolbox_dataset_id)
),

trials as (
    select * from {{ trials }}
    semi join datasets using (dataset_id)
    where repeats_source_id is null
),

-- bear7-clock2.png: the shape of a bear, the texture of a clock
cued as (
    select
        *,
        regexp_extract(image_key, '^([a-z]+)[0-9]+-([a-z]+)[0-9]+', 1) as shape,
        regexp_extract(image_key, '^([a-z]+)[0-9]+-([a-z]+)[0-9]+', 2) as texture
    from trials
),

final as (
    select
        source_id,
        dataset_id,
        observer_id,
        is_human,
        shape as category,
        grouping(shape) = 1 as is_all_categories,
        count(*) as n_trials,
        count(*) filter (where response = shape) as n_shape,
        count(*) filter (where response = texture) as n_texture
    from cued
    where shape != texture
    group by
        source_id, dataset_id, observer_id, is_human, grouping sets ((), (shape))
)

select * from final
{%- endmacro %}

{# The toolbox's datasets averaged, one row per model. #}
{% macro summarised_behaviours(behaviours) -%}
select
    source_id,
    observer_id,
    {% for measure in [
        'accuracy_difference', 'observed_consistency', 'error_consistency', 'ood_accuracy'
    ] %}
    {{ round_significant('avg(' ~ measure ~ ' order by dataset_id)') }} as {{ measure }},
    {% endfor %}
    avg(share_near_ceiling order by dataset_id) as share_near_ceiling,
    count(error_consistency) as n_datasets,
    cast(sum(n_trials) as bigint) as n_trials
from {{ behaviours }}
semi join (
    select dataset_id from {{ ref('trial_datasets') }} where is_toolbox
) as toolbox using (dataset_id)
group by all
{%- endmacro %}
