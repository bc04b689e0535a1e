with alignments as (
    select * from {{ measured('alignments') }}
),

names as (select * from {{ ref('int_model_names_resolved') }}),

bounds as (
    select
        stimulus_set_id,
        target,
        metric,
        max(estimate) filter (where method = 'split_half') as ceiling_split_half,
        max(estimate) filter (where method = 'leave_one_out_lower') as ceiling_low,
        max(estimate) filter (where method = 'leave_one_out_upper') as ceiling_high
    from {{ measured('ceilings', once='stimulus_set_id, target, metric, method') }}
    group by stimulus_set_id, target, metric
),

final as (
    select
        alignments.* exclude (
            source_model_name, variant_id, benchmark_id, published_benchmark, benchmark_version,
            score_raw, error, state, state_evidence
        ) rename (
            score as estimate, _load_id as load_id, _file as source_file, _row as source_row
        ),
        -- variances add up: what one person makes of one image counts twice, on the safe side
        alignments.score - sqrt(
            (alignments.score - alignments.ci_low) ** 2
            + (alignments.score - alignments.ci_low_people) ** 2
        ) as ci_low_both,
        alignments.score + sqrt(
            (alignments.ci_high - alignments.score) ** 2
            + (alignments.ci_high_people - alignments.score) ** 2
        ) as ci_high_both,
        benchmarks.benchmark_id,
        names.model_id,
        bounds.* exclude (stimulus_set_id, target, metric)
    from alignments
    left join names using (snapshot_id, source_model_key)
    left join {{ ref('benchmarks') }} as benchmarks using (benchmark_id)
    left join bounds using (stimulus_set_id, target, metric)
)

select * from final
