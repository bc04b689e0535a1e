{{ counted_pairs(ref('int_observer_decisions_packed')) }}
