package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A for block. */
record Loop(List<String> names, Expression over, Expression filter, Statement body, Statement otherwise)
        implements Statement {
    @Override
    public Flow run(Frame frame) {
        List<Object> items = new ArrayList<>();
        for (Object item : Values.items(over.value(frame), frame.budget())) {
            frame.budget().step();
            Frame inner = frame.inner();
            assign(inner, names, item);
            if (Values.truth(filter.value(inner))) {
                items.add(item);
            }
        }
        if (items.isEmpty()) {
            return otherwise.run(frame);
        }
        for (int i = 0; i < items.size(); i++) {
            frame.budget().step();
            Frame inner = frame.inner();
            inner.set("loop", told(items, i));
            assign(inner, names, items.get(i));
            if (body.run(inner) == Flow.BREAK) {
                break;
            }
        }
        return Flow.ON;
    }

    /** What a template may ask of the loop that it is in. */
    private static Map<String, Object> told(List<Object> items, int index) {
        int length = items.size();
        Map<String, Object> loop = new HashMap<>();
        loop.put("index0", (long) index);
        loop.put("index", index + 1L);
        loop.put("revindex", (long) length - index);
        loop.put("revindex0", length - index - 1L);
        loop.put("first", index == 0);
        loop.put("last", index == length - 1);
        loop.put("length", (long) length);
        loop.put("previtem", index > 0 ? items.get(index - 1) : new Undefined("loop.previtem"));
        loop.put("nextitem", index + 1 < length ? items.get(index + 1) : new Undefined("loop.nextitem"));
        return loop;
    }

    static void assign(Frame frame, List<String> names, Object value) {
        if (names.size() == 1) {
            frame.set(names.get(0), value);
            return;
        }
        if (!(value instanceof List<?> parts) || parts.size() != names.size()) {
            throw new TemplateException(Values.kind(value) + " cannot be taken apart into " + String.join(", ", names));
        }
        for (int i = 0; i < names.size(); i++) {
            frame.set(names.get(i), parts.get(i));
        }
    }
}
