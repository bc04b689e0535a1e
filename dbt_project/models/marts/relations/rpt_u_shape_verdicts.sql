with claims as (select * from {{ ref('u_shape_claims') }}),
shapes as (select * from {{ ref('fct_downstream_shapes') }}),

relations as (select * from {{ ref('fct_downstream_relations') }}),

plain as (
    select * from relations
    where transform = 'raw' and method = 'spearman'
),

squared as (
    select * from relations
    where transform = 'z2' and method = 'pearson'
),

final as (
    select
        claims.claim_id,
        claims.position,
        claims.claim,
        shapes.cohort_id,
        shapes.alignment_id,
        shapes.property_id,
        shapes.covariate,
        shapes.state,
        shapes.n_units,
        shapes.n_families,
        shapes.n_clusters,
        plain.estimate,
        plain.ci_low,
        plain.ci_high,
        plain.p_value,
        shapes.z2_estimate,
        squared.ci_low as z2_ci_low,
        squared.ci_high as z2_ci_high,
        shapes.z2_p_value,
        shapes.z2_verdict,
        shapes.quadratic_estimate,
        shapes.quadratic_p_value,
        shapes.is_vertex_inside,
        shapes.share_below_vertex,
        shapes.quadratic_verdict,
        shapes.slope_low,
        shapes.slope_low_p_value,
        shapes.slope_high,
        shapes.slope_high_p_value,
        shapes.slope_low_p_value_naive,
        shapes.slope_high_p_value_naive,
        shapes.two_lines_verdict_naive,
        shapes.verdict
    from claims
    inner join shapes using (cohort_id, alignment_id, property_id)
    inner join plain using (cohort_id, alignment_id, property_id, covariate)
    inner join squared using (cohort_id, alignment_id, property_id, covariate)
)

select * from final
