"""The query language: which tasks, in which order, as people write it. ``docs/query-language.md`` explains it to them.

A text is read once (``reading.read_query``) into a tree of terms. ``binding.bind`` gives the tree the caller's clock,
time zone and people, and breaks every term down to a few plain ones. What is left has two back ends that answer alike:
one statement in the task service, and ``matching.matches`` over a task in memory.
"""
