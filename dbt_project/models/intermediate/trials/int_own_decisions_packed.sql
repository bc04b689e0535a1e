{{ packed_decisions(ref('int_own_trials_placed')) }}
