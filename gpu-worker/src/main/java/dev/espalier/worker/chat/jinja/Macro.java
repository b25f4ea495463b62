package dev.espalier.worker.chat.jinja;

import java.util.List;
import java.util.Map;

/** A part of a template that is called by name; it sees the names that stand around it. */
record Macro(String name, List<String> parameters, List<Expression> defaults, Statement body, Frame around)
        implements Callable {
    @Override
    public Object call(List<Object> arguments, Map<String, Object> named, Frame frame) {
        if (arguments.size() > parameters.size()) {
            throw new TemplateException("the macro '" + name + "' takes " + parameters.size() + " arguments");
        }
        for (String argument : named.keySet()) {
            if (!parameters.contains(argument)) {
                throw new TemplateException("the macro '" + name + "' takes no '" + argument + "'");
            }
        }
        Output out = new Output();
        Frame inside = around.into(out);
        for (int i = 0; i < parameters.size(); i++) {
            String parameter = parameters.get(i);
            inside.set(
                    parameter,
                    i < arguments.size()
                            ? arguments.get(i)
                            : named.containsKey(parameter)
                                    ? named.get(parameter)
                                    : defaults.get(i).value(inside));
        }
        frame.budget().enter();
        body.run(inside);
        frame.budget().leave();
        return out.text();
    }
}
