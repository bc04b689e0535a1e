{{ cortex_scores(source('rsa_effective_robustness', 'encoding_illusions')) }}
