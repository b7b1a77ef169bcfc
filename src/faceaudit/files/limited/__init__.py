"""Files of strangers read and run in a process of their own, with limits on what that may do.

A model is a program, and the libraries that read and run it are large: some files make them hang,
fill the memory or crash. What such a library does with one happens here in a process of its own,
one a model, that

- has limits on CPU seconds and memory (`limits`), counted anew for each request. CPU seconds, not
  those of a clock: a machine that is busy, or was asleep, refuses nothing;
- can neither open connections nor write, rename or delete files, start programs or send signals
  (`confine`);
- ends with the process that started it, or with the object that asks it.

`process` is the side that asks, `child` the side that answers; every other module is one kind of
work that a child does.
"""
