{{ packed_decisions(ref('int_trials_unioned')) }}
