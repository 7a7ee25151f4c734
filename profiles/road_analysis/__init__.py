"""What road is this: roughness, class, coherence, IRI and obstacles of any road, from its heights alone."""
