-- Every admissible way to ask a claim: one value of each choice. The answers stand in other tables
-- already; a choice that a claim does not have is null.
with claims as (select * from {{ ref('specification_claims') }}),
benchmarks as (select * from {{ ref('dim_benchmarks') }}),

-- sets of one modality alone cannot answer what is asked of both
of_both as (
    select members.cohort_id
    from {{ ref('bridge_cohort_benchmarks') }} as members
    inner join benchmarks using (benchmark_id)
    where benchmarks.modality in ('neural', 'behavioural')
    group by members.cohort_id
    having count(distinct benchmarks.modality) = 2
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
    inner join of_both using (cohort_id)
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

left_out as (
    select
        cohort_id,
        dataset_a as dataset
    from pairs
    where level = 'leaf'
    union
    select
        cohort_id,
        dataset_b
    from pairs
    where level = 'leaf'
    union
    select
        cohort_id,
        'none'
    from pairs
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
        left_out.dataset as left_out,
        avg(pairs.estimate) as estimate,
        max(pairs.n_models) as n_models
    from pairs
    inner join left_out
        on
            pairs.cohort_id = left_out.cohort_id
            and (
                left_out.dataset = 'none'
                or (pairs.level = 'leaf' and left_out.dataset not in (dataset_a, dataset_b))
            )
    where pairs.level != 'modality'
    group by all
),

-- over other pairs, and the neural with the behavioural average without each dataset
means as (
    select
        cohort_id,
        pairs,
        'none' as left_out,
        estimate
    from {{ ref('rpt_agreement_means') }}
    union all by name
    select
        cohort_id,
        pairs,
        dataset as left_out,
        estimate
    from {{ ref('rpt_agreement_without_datasets') }}
),

means_of_other_pairs as (
    select
        case
            when means.pairs in ('between_modalities', 'neural_with_behaviour')
                then 'modalities_unrelated'
            else 'low_agreement'
        end as claim_id,
        cohorts.*,
        if(means.pairs = 'neural_with_behaviour', 'modality', 'leaf') as level,
        'spearman' as method,
        if(means.pairs = 'neural_with_behaviour', 'all', means.pairs) as pairs,
        means.left_out,
        means.estimate
    from means
    inner join cohorts using (cohort_id)
    where
        means.pairs in ('between_datasets', 'undoubted', 'hierarchy_weighted', 'between_modalities')
        -- without a dataset left out the correlation of the averages is in `modalities`
        or (means.pairs = 'neural_with_behaviour' and means.left_out != 'none')
),

means_with_top1_fixed as (
    select
        'low_agreement' as claim_id,
        cohorts.*,
        'leaf' as level,
        'spearman' as method,
        'imagenet_top1, ' || partials.top1_source as covariate,
        partials.mean_partial as estimate,
        partials.n_models
    from {{ ref('rpt_partial_agreement') }} as partials
    inner join cohorts using (cohort_id)
),

means_across_sources as (
    select
        'low_agreement' as claim_id,
        'cross_source' as cohort_id,
        'cross_source' as benchmarks,
        'all' as models,
        'pairwise' as missing,
        'leaf' as level,
        'spearman' as method,
        confidence,
        mean_estimate as estimate,
        max_pair_models as n_models
    from {{ ref('rpt_agreement_by_confidence') }}
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
    select
        * replace (estimate_partial as estimate, n_partial as n_models),
        'imagenet_top1' as covariate
    from pairs
    union all by name
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
        covariate,
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

rankings as (
    select
        cohorts.*,
        rankings.level,
        rankings.scheme,
        rankings.source_model_key,
        rankings.variant_id,
        rankings.score_rank,
        count(*) over (
            partition by rankings.cohort_id, rankings.level, rankings.scheme
        ) as n_models
    from {{ ref('fct_model_rankings') }} as rankings
    inner join cohorts using (cohort_id)
    where rankings.score_rank is not null
),

winners as (
    select
        cohort_id,
        level,
        source_model_key,
        variant_id
    from rankings
    where scheme = 'arithmetic_mean'
    qualify row_number() over (
        partition by cohort_id, level order by score_rank, source_model_key, variant_id
    ) = 1
),

schemes as (
    select
        'scheme_changes_order' as claim_id,
        cohorts.*,
        agreements.level,
        agreements.scheme,
        agreements.spearman as estimate
    from {{ ref('rpt_scheme_agreement') }} as agreements
    inner join cohorts using (cohort_id)
    where agreements.scheme != 'arithmetic_mean' and agreements.spearman is not null
    union all by name
    select
        'scheme_changes_winner' as claim_id,
        rankings.* exclude (source_model_key, variant_id, score_rank),
        rankings.score_rank as estimate
    from rankings
    inner join winners using (cohort_id, level, source_model_key, variant_id)
    where rankings.scheme != 'arithmetic_mean'
    union all by name
    select
        'top_model' as claim_id,
        rankings.* exclude (source_model_key, variant_id, score_rank),
        rankings.score_rank as estimate
    from rankings
    where
        rankings.source_model_key = '1885'
        and rankings.snapshot in ('brainscore_2024_01_01', 'brainscore_2025_05')
),

relations as (
    select
        declared.claim_id,
        relations.cohort_id,
        relations.cohort_id as models,
        relation_cohorts.confidence,
        relations.alignment_id,
        relations.property_id,
        relations.covariate,
        relations.method,
        relations.estimate,
        relations.p_value,
        relations.n_units as n_models
    from {{ ref('fct_downstream_relations') }} as relations
    inner join {{ ref('int_relation_claims_declared') }} as declared
        using (cohort_id, alignment_id, property_id)
    inner join {{ ref('dim_relation_cohorts') }} as relation_cohorts using (cohort_id)
    -- fewer than five families give no p-value, so that the claim could not hold
    where relations.transform = 'raw' and relations.p_value is not null
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
            coalesce(confidence, if(claim_id = 'low_agreement', 'one source', null)) as confidence
        )
    from (
        select * from low_agreement
        union all by name
        select * from low_agreement_of_policies
        union all by name
        select * from means_of_other_pairs
        union all by name
        select * from means_with_top1_fixed
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
    select * from schemes
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
