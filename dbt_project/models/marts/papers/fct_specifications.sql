-- Every admissible way to ask a claim: one value of each choice. The answers stand in other tables
-- already; a choice that a claim does not have is null.
with claims as (select * from {{ ref('specification_claims') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

members as (
    select
        members.cohort_id,
        benchmarks.modality,
        coalesce(benchmarks.dataset, benchmarks.benchmark_id) as dataset
    from {{ ref('bridge_cohort_benchmarks') }} as members
    inner join benchmarks using (benchmark_id)
    group by all
),

-- benchmarks of one modality alone cannot answer what is asked of both, nor can those that are left
left_outs as (
    select
        candidates.cohort_id,
        candidates.left_out
    from (
        select
            cohort_id,
            dataset as left_out
        from members
        union
        select
            cohort_id,
            'none'
        from members
    ) as candidates
    inner join members as others
        on
            candidates.cohort_id = others.cohort_id
            and candidates.left_out != others.dataset
            and others.modality in ('neural', 'behavioural')
    group by candidates.cohort_id, candidates.left_out
    having count(distinct others.modality) = 2
),

cohorts as (
    select
        cohort_id,
        snapshot_id as snapshot,
        benchmark_set as benchmarks,
        case
            when model_list is not null then model_list
            when also_complete_on is not null then 'complete elsewhere too'
            when is_deduplicated then 'above floor, one per name'
            when accuracy_floor is not null then 'above floor'
            else 'all'
        end as models,
        if(is_complete_case, 'complete_case', 'pairwise') as missing
    from {{ ref('dim_cohorts') }}
    semi join left_outs using (cohort_id)
),

policies as (
    select
        cohorts.* exclude (missing),
        policies.* exclude (cohort_id, snapshot_id),
        policies.policy as missing
    from {{ ref('fct_missing_policies') }} as policies
    inner join cohorts using (cohort_id)
    where policies.policy in ('zero', 'attempted_only')
),

pairs as (
    select
        cohorts.*,
        correlations.level,
        correlations.method,
        correlations.estimate,
        correlations.estimate_partial,
        correlations.n_models,
        correlations.n_partial,
        coalesce(a.dataset, a.benchmark_id) as dataset_a,
        coalesce(b.dataset, b.benchmark_id) as dataset_b
    from {{ ref('fct_benchmark_correlations') }} as correlations
    inner join cohorts using (cohort_id)
    inner join benchmarks as a on correlations.benchmark_a = a.benchmark_id
    inner join benchmarks as b on correlations.benchmark_b = b.benchmark_id
),

low_agreement as (
    select
        'low_agreement' as claim_id,
        pairs.cohort_id,
        pairs.snapshot,
        pairs.benchmarks,
        pairs.models,
        pairs.missing,
        pairs.level,
        pairs.method,
        left_outs.left_out,
        avg(pairs.estimate) as estimate,
        max(pairs.n_models) as n_models
    from pairs
    inner join left_outs
        on
            pairs.cohort_id = left_outs.cohort_id
            and (
                left_outs.left_out = 'none'
                or (pairs.level = 'leaf' and left_outs.left_out not in (dataset_a, dataset_b))
            )
    where pairs.level != 'modality'
    group by all
),

-- over other pairs, at levels without each dataset, and with ImageNet top-1 held fixed
means as (
    select
        cohort_id,
        pairs,
        'none' as left_out,
        'none' as covariate,
        estimate
    from {{ ref('rpt_agreement_means') }}
    union all by name
    select
        cohort_id,
        pairs,
        dataset as left_out,
        'none' as covariate,
        estimate
    from {{ ref('rpt_agreement_without_datasets') }}
    union all by name
    select
        cohort_id,
        pairs,
        if(left_out = '', 'none', left_out) as left_out,
        'imagenet_top1, ' || top1_source as covariate,
        mean_partial as estimate,
        n_models
    from {{ ref('int_partial_means_estimated') }}
),

means_of_other_pairs as (
    select
        case
            when means.pairs in ('between_modalities', 'neural_with_behaviour')
                then 'modalities_unrelated'
            else 'low_agreement'
        end as claim_id,
        cohorts.*,
        case means.pairs
            when 'between_groups' then 'group'
            when 'between_regions' then 'region'
            when 'neural_with_behaviour' then 'modality'
            else 'leaf'
        end as level,
        'spearman' as method,
        if(level = 'leaf', means.pairs, 'all') as pairs,
        means.left_out,
        means.covariate,
        means.estimate,
        means.n_models
    from means
    semi join left_outs using (cohort_id, left_out)
    inner join cohorts using (cohort_id)
    where
        means.pairs in ('between_datasets', 'undoubted', 'hierarchy_weighted', 'between_modalities')
        or (means.pairs = 'all' and means.covariate != 'none')
        -- of all pairs as they are, and of averages, `pairs` has what is whole
        or (
            means.pairs in ('between_groups', 'between_regions', 'neural_with_behaviour')
            and (means.left_out != 'none' or means.covariate != 'none')
        )
),

means_across_sources as (
    select
        if(pairs = 'between_modalities', 'modalities_unrelated', 'low_agreement') as claim_id,
        'cross_source' as cohort_id,
        'cross_source' as benchmarks,
        'all' as models,
        'pairwise' as missing,
        'leaf' as level,
        method,
        pairs,
        if(left_out = '', 'none', left_out) as left_out,
        if(held = 'none', 'none', 'imagenet_top1, ' || held) as covariate,
        confidence,
        estimate,
        n_models
    from {{ ref('int_source_means_estimated') }}
),

low_agreement_of_policies as (
    unpivot (
        select
            'low_agreement' as claim_id,
            cohort_id,
            snapshot,
            benchmarks,
            models,
            missing,
            'leaf' as level,
            n_models,
            mean_spearman as spearman,
            mean_pearson as pearson
        from policies
    )
    on spearman, pearson
    into name method value estimate
),

averages as (
    select * from pairs
    union all by name
    select
        *,
        'modality' as level,
        'spearman' as method,
        neural_with_behaviour as estimate
    from policies
),

modalities as (
    select
        'modalities_unrelated' as claim_id,
        cohort_id,
        snapshot,
        benchmarks,
        models,
        missing,
        level,
        method,
        estimate,
        n_models
    from averages
    where level = 'modality' and estimate is not null
),

shares as (
    unpivot (
        select
            cohorts.cohort_id,
            cohorts.snapshot,
            cohorts.benchmarks,
            cohorts.models,
            cohorts.missing,
            behaviour.n_models,
            behaviour.r_squared - neural.r_squared as r_squared,
            behaviour.covariance_share - neural.covariance_share as covariance_share,
            behaviour.shapley_share - neural.shapley_share as shapley_share
        from {{ ref('fct_variance_shares') }} as behaviour
        inner join {{ ref('fct_variance_shares') }} as neural
            on
                behaviour.cohort_id = neural.cohort_id
                and behaviour.level = neural.level
                and behaviour.whole = neural.whole
                and neural.part = 'neural_vision'
        inner join cohorts on behaviour.cohort_id = cohorts.cohort_id
        where
            behaviour.level = 'modality'
            and behaviour.whole = 'average_vision'
            and behaviour.part = 'behavior_vision'
    )
    on r_squared, covariance_share, shapley_share
    into name measure value estimate
),

shares_of_all as (
    select
        'behaviour_dominates' as claim_id,
        *
    from shares
    union all by name
    select
        'behaviour_dominates' as claim_id,
        cohort_id,
        snapshot,
        benchmarks,
        models,
        missing,
        n_models,
        'r_squared' as measure,
        r2_behaviour - r2_neural as estimate
    from policies
),

ranks as (
    select
        cohort_id,
        level,
        scheme,
        source_model_key,
        variant_id,
        unnest(list_prepend('none', datasets_left_out::varchar[])) as left_out,
        unnest(list_prepend(score_rank, ranks_left_out::double[])) as score_rank
    from {{ ref('int_model_rankings_estimated') }}
),

ranks_beside_mean as (
    select
        ranks.*,
        reference.score_rank as reference_rank
    from ranks
    semi join left_outs using (cohort_id, left_out)
    inner join ranks as reference
        using (cohort_id, level, left_out, source_model_key, variant_id)
    where
        reference.scheme = 'arithmetic_mean'
        and isfinite(ranks.score_rank) and isfinite(reference.score_rank)
),

ranked_again as (
    select
        *,
        {{ average_rank('reference_rank', 'cohort_id, level, scheme, left_out') }} as other_rank
    from ranks_beside_mean
),

orders as (
    select
        cohort_id,
        level,
        scheme,
        left_out,
        count(*) as n_models,
        {{ correlation('score_rank', 'other_rank') }} as scheme_changes_order,
        arg_min(score_rank, (reference_rank, source_model_key, variant_id))
            as scheme_changes_winner,
        min(score_rank) filter (where source_model_key = '1885') as top_model
    from ranked_again
    group by cohort_id, level, scheme, left_out
),

schemes as (
    unpivot (
        select
            cohorts.*,
            orders.* exclude (cohort_id)
        from orders
        inner join cohorts using (cohort_id)
    )
    on scheme_changes_order, scheme_changes_winner, top_model
    into name claim_id value estimate
),

schemes_admitted as (
    select * from schemes
    where
        if(
            claim_id = 'top_model',
            snapshot in ('brainscore_2024_01_01', 'brainscore_2025_05'),
            scheme != 'arithmetic_mean'
        )
),

-- Cohorts that differ in nothing but confidence are one set of models. What rests on the same
-- models and scores as a stricter confidence, or as another top-1, is no other way to ask.
relation_cohorts as (
    select
        *,
        arg_min(cohort_id, confidence_rank) over (
            partition by unit, member_cohort_id, is_trained_only
        ) as models
    from {{ ref('int_relation_cohorts_believed') }}
),

relations as (
    select
        declared.claim_id,
        relations.cohort_id,
        relation_cohorts.models,
        relations.confidence,
        relations.alignment_id,
        relations.property_id,
        replace(relations.covariate, 'imagenet_top1_', 'imagenet_top1, ') as covariate,
        relations.method,
        relations.estimate,
        relations.p_value,
        relations.n_units as n_models
    from {{ ref('int_relation_claims_estimated') }} as relations
    inner join {{ ref('int_relation_claims_declared') }} as declared
        using (cohort_id, alignment_id, property_id)
    inner join relation_cohorts using (cohort_id, confidence)
    -- fewer than five families give no p-value, so that the claim could not hold
    where relations.p_value is not null
    qualify row_number() over (
        partition by
            relation_cohorts.models, relations.alignment_id, relations.property_id,
            relations.method, relations.n_units, round(relations.estimate, 12)
        order by relation_cohorts.confidence_rank, relations.covariate, relations.cohort_id
    ) = 1
),

shapes as (
    unpivot (
        select
            'u_shape' as claim_id,
            cohort_id,
            cohort_id as models,
            alignment_id,
            property_id,
            covariate,
            n_units as n_models,
            z2_verdict = 'u' as z2,
            quadratic_verdict = 'u' as parabola,
            two_lines_verdict_naive = 'u' as two_lines_of_unrelated_models,
            verdict = 'u' as two_lines
        from {{ ref('fct_downstream_shapes') }}
        -- with fewer, two lines have no verdict
        where state = 'estimated' and n_units >= 30 and n_clusters >= 10
    )
    on z2, parabola, two_lines_of_unrelated_models, two_lines
    into name measure value does_hold
),

-- what a mean is of where nothing else is said
means_of_all as (
    select
        * replace (
            coalesce(pairs, 'all') as pairs,
            coalesce(left_out, 'none') as left_out,
            coalesce(covariate, 'none') as covariate,
            coalesce(confidence, 'one source') as confidence
        )
    from (
        select * from low_agreement
        union all by name
        select * from low_agreement_of_policies
        union all by name
        select * from means_of_other_pairs
        union all by name
        select * from means_across_sources
        union all by name
        select * from modalities
    ) as means_asked
),

gathered as (
    select * from means_of_all
    union all by name
    select * from shares_of_all
    union all by name
    select * from schemes_admitted
    union all by name
    select * from relations
    union all by name
    select * from shapes
),

final as (
    select
        gathered.claim_id,
        row_number() over (
            partition by gathered.claim_id
            order by
                gathered.estimate,
                gathered.cohort_id,
                {{ specification_choices() | join(', ') }}
        ) as position,
        gathered.cohort_id,
        {% for choice in specification_choices() %}
        gathered.{{ choice }},
        {% endfor %}
        gathered.estimate,
        gathered.p_value,
        gathered.n_models,
        coalesce(
            gathered.does_hold,
            case claims.comparison
                when '<' then gathered.estimate < claims.threshold
                when '<=' then gathered.estimate <= claims.threshold
                when '>' then gathered.estimate > claims.threshold
            end
            and (not claims.needs_p or gathered.p_value < .05)
        ) as does_hold
    from gathered
    inner join claims using (claim_id)
    where coalesce(gathered.estimate, gathered.does_hold::double) is not null
)

select * from final
