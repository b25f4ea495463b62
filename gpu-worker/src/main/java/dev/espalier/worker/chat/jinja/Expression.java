package dev.espalier.worker.chat.jinja;

/**
 * Part of a template that has a value: String, Long, Double, Boolean, null for none, List, Map, {@link Callable},
 * {@link Namespace} or {@link Undefined}.
 */
interface Expression {
    Object value(Frame frame);
}
