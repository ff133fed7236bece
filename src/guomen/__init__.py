"""Guomen 国门: a platform for border inspection, quarantine and product quality."""
