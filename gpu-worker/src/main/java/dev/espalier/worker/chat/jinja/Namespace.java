package dev.espalier.worker.chat.jinja;

import java.util.Map;

/** Values that inner frames may set for outer ones. */
record Namespace(Map<String, Object> names) {}
