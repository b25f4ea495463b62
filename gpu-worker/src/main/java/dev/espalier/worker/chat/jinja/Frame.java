package dev.espalier.worker.chat.jinja;

import java.util.HashMap;
import java.util.Map;

/** Names and their values while a template is rendered; an inner frame's do not leave it. */
final class Frame {
    private final Frame outer;
    private final Map<String, Object> names = new HashMap<>();
    private final Budget budget;
    private final Output out;

    private Frame(Frame outer, Budget budget, Output out) {
        this.outer = outer;
        this.budget = budget;
        this.out = out;
    }

    static Frame outermost(Map<String, Object> names, Budget budget, Output out) {
        Frame frame = new Frame(null, budget, out);
        frame.names.putAll(names);
        return frame;
    }

    Frame inner() {
        return new Frame(this, budget, out);
    }

    /** The same names, written elsewhere. */
    Frame into(Output other) {
        return new Frame(this, budget, other);
    }

    Object get(String name) {
        for (Frame frame = this; frame != null; frame = frame.outer) {
            if (frame.names.containsKey(name)) {
                return frame.names.get(name);
            }
        }
        return new Undefined(name);
    }

    void set(String name, Object value) {
        names.put(name, value);
    }

    Budget budget() {
        return budget;
    }

    Output out() {
        return out;
    }
}
