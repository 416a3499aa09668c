"""Processes that have loaded what others need, and become them: kernels, and builds.

To load the libraries takes longer than most chapters compute, and than a page takes to be read and
written. :mod:`.kernels` loads what chapters import and forks their kernels, :mod:`.builds` loads
what a build does, too, and forks builds for ``make watch`` (:mod:`.ahead`). Nothing of Sphinx is
imported before what chapters import: a kernel is to find what it would find in one of its own.
"""
