"""What a submission's process may read, write, start and use. Standard library only.

`policy` says what is allowed. `confine` puts it on the calling process and cannot be undone.
`launch` is a process that confines itself and then runs a module; `probe` says what works here.
"""
