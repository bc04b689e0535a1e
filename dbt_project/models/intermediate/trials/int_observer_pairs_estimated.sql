{{ estimated_pairs(ref('int_observer_pairs_counted')) }}
