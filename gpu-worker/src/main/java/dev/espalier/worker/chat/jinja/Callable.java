package dev.espalier.worker.chat.jinja;

import java.util.List;
import java.util.Map;

/** A macro, a function or a method that belongs to a value. */
interface Callable {
    Object call(List<Object> arguments, Map<String, Object> named, Frame frame);
}
