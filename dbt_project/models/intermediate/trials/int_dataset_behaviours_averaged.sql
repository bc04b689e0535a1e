{{ averaged_behaviours(
    ref('int_observer_pairs_estimated'), ref('int_observer_decisions_packed')
) }}
