{{ staged_alignments(source('compute', 'alignments'), 'compute_2026_11') }}
