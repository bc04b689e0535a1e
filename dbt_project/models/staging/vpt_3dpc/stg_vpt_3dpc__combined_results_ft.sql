-- Repeats as in combined_results; imagenet_accuracy repeats that file, so it is left to it.
{{ vpt_scores(source('vpt_3dpc', 'combined_results_ft'), {
    'perspective_accuracy': 'vpt.perspective.fine-tuned',
    'depth_accuracy': 'vpt.depth.fine-tuned',
    'perspective_accuracy_human': 'vpt.perspective-human.fine-tuned',
    'depth_accuracy_human': 'vpt.depth-human.fine-tuned',
}) }}
