"""Where a process begins: settings, container, command line, controller."""
