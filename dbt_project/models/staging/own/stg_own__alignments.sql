{{ staged_alignments(source('own', 'alignments'), 'own') }}
