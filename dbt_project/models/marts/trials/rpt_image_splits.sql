-- Over all datasets and over all conditions of one the toolbox's excluded conditions do not count.
-- The expectation by the gap lets people and networks of a condition differ by one odds ratio:
-- people's right answers to an image then have Fisher's noncentral hypergeometric distribution. The
-- odds ratio is that at which as many answers of people are right as were (conditional
-- likelihood), by halving -16 to 16 of its logarithm; an infinite one stays at the end.
{%- set counts = ['n_human_correct', 'n_subjects', 'n_model_correct', 'n_models'] %}
{%- set n_halvings = 36 %}

with recursive images as (
    select
        *,
        n_human_correct + n_model_correct as n_right
    from {{ ref('rpt_image_disagreements') }}
),

kinds as (
    select
        dataset_id,
        condition,
        n_subjects,
        n_models,
        n_right,
        count(*) as n_images,
        sum(n_human_correct) as n_observed
    from images
    group by all
),

ways as (
    select
        *,
        unnest(range(greatest(0, n_right - n_models), least(n_subjects, n_right) + 1))
            as n_human_correct,
        n_right - n_human_correct as n_model_correct
    from kinds
),

cells as (
    select
        *,
        {{ log_choose('n_subjects', 'n_human_correct') }}
        + {{ log_choose('n_models', 'n_model_correct') }} as log_ways,
        {{ image_split(*counts) }} as split
    from ways
),

halved as (
    select distinct
        dataset_id,
        condition,
        0 as n_done,
        cast(0 as double) as log_odds
    from kinds
    union all
    select
        dataset_id,
        condition,
        n_done + 1,
        log_odds + if(sum(n_observed) > sum(n_images * n_expected), 8, -8) / pow(2, n_done)
    from (
        select
            dataset_id,
            condition,
            halved.n_done,
            halved.log_odds,
            cells.n_images,
            cells.n_observed,
            sum(cells.n_human_correct * exp(cells.log_ways + cells.n_human_correct * log_odds))
            / sum(exp(cells.log_ways + cells.n_human_correct * log_odds)) as n_expected
        from halved
        inner join cells using (dataset_id, condition)
        where halved.n_done < {{ n_halvings }}
        group by
            dataset_id, condition, halved.n_done, halved.log_odds, cells.n_images,
            cells.n_observed, cells.n_subjects, cells.n_models, cells.n_right
    ) as tried
    group by dataset_id, condition, n_done, log_odds
),

weighed as (
    select
        cells.*,
        exp(cells.log_ways + cells.n_human_correct * halved.log_odds) as weight
    from cells
    inner join halved using (dataset_id, condition)
    where halved.n_done = {{ n_halvings }}
),

by_gap as (
    select
        dataset_id,
        condition,
        n_subjects,
        n_models,
        n_right,
        coalesce(sum(weight) filter (where split = 'people_right'), 0) / sum(weight)
            as expected_people_right_by_gap,
        coalesce(sum(weight) filter (where split = 'models_right'), 0) / sum(weight)
            as expected_models_right_by_gap
    from weighed
    group by all
),

compared as (
    select *
    from images
    inner join by_gap using (dataset_id, condition, n_subjects, n_models, n_right)
),

parts as (
    select
        *,
        dataset_id as part_id,
        condition as part_condition
    from compared
    union all by name
    select
        * replace (cast(null as bigint) as position, cast(null as double) as strength),
        dataset_id as part_id,
        'all' as part_condition
    from compared
    where not is_excluded
    union all by name
    select
        * replace (cast(null as bigint) as position, cast(null as double) as strength),
        'all' as part_id,
        'all' as part_condition
    from compared
    where not is_excluded
),

final as (
    select
        part_id as dataset_id,
        part_condition as condition,
        is_excluded,
        position,
        strength,
        count(*) as n_images,
        count(*) filter (where split = 'people_right') as n_people_right,
        count(*) filter (where split = 'models_right') as n_models_right,
        sum(expected_people_right order by image_key) as expected_people_right,
        sum(expected_models_right order by image_key) as expected_models_right,
        sum(expected_people_right_by_gap order by image_key) as expected_people_right_by_gap,
        sum(expected_models_right_by_gap order by image_key) as expected_models_right_by_gap,
        count(*) filter (where is_without_majority) as n_without_majority,
        min(n_subjects) as n_subjects_min,
        max(n_subjects) as n_subjects_max,
        min(n_models) as n_models_min,
        max(n_models) as n_models_max
    from parts
    group by all
)

select * from final
