-- A cohort may name a list of models only if there is one; a list of an absent source is empty.
select
    cohorts.cohort_id,
    cohorts.model_list
from {{ ref('cohorts') }} as cohorts
inner join {{ ref('snapshots') }} using (snapshot_id)
inner join {{ ref('stg_ledger__sources') }} as sources using (source_id)
anti join {{ ref('int_model_lists_gathered') }} as lists on cohorts.model_list = lists.list_id
where cohorts.model_list is not null and sources.is_present
