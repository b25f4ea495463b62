package dev.espalier.worker.chat.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Jinja template as transformers renders chats with: Jinja's sandbox with trim_blocks and lstrip_blocks, loop controls,
 * {@code raise_exception}, {@code tojson} and the block {@code generation}; not {@code strftime_now}, since a text to learn
 * from is the same every day, and templates have another date for where there is none. Nothing but the values that are passed can be reached from one; what it may take is bounded ({@link Budget}). Java has no library for this: those
 * for Jinja lack Python's methods of strings and lists, which these templates use, and reach into Java's objects instead.
 */
public final class Template {
    private static final int MOST_CHARACTERS = 1 << 20;

    private final Statement body;

    private Template(Statement body) {
        this.body = body;
    }

    /** @throws TemplateException if it is no template, with its line, or uses what is not known here */
    public static Template parse(String source) {
        if (source.length() > MOST_CHARACTERS) {
            throw new TemplateException("it is longer than " + MOST_CHARACTERS + " characters");
        }
        return new Template(new Parser(Lexer.tokens(source)).template());
    }

    /**
     * @param values String, Long, Double, Boolean, null, and List and Map (of String) of these; not changed
     * @param most characters that may be made, those of intermediate values included
     * @throws TemplateException if the template refuses them, or takes more than it may
     */
    public Rendered render(Map<String, Object> values, long most) {
        Output out = new Output();
        Map<String, Object> names = new HashMap<>(functions());
        names.putAll(values);
        try {
            body.run(Frame.outermost(names, new Budget(most), out));
        } catch (StackOverflowError e) {
            throw new TemplateException("it is nested too deep");
        }
        return new Rendered(out.text(), out.generated());
    }

    private static Map<String, Object> functions() {
        Callable refuse = (arguments, named, frame) -> {
            throw new TemplateException(Values.text(Methods.argument(arguments, 0, "raise_exception"), frame.budget()));
        };
        Callable namespace = (arguments, named, frame) -> new Namespace(new HashMap<>(named));
        Callable dict = (arguments, named, frame) -> new HashMap<>(named);
        Callable range = Template::range;
        return Map.of("raise_exception", refuse, "namespace", namespace, "dict", dict, "range", range);
    }

    private static Object range(List<Object> arguments, Map<String, Object> named, Frame frame) {
        long from = arguments.size() > 1 ? Values.asLong(arguments.get(0)) : 0;
        long to = Values.asLong(arguments.size() > 1 ? arguments.get(1) : Methods.argument(arguments, 0, "range"));
        long by = arguments.size() > 2 ? Values.asLong(arguments.get(2)) : 1;
        if (by == 0) {
            throw new TemplateException("range: the step is 0");
        }
        List<Object> numbers = new ArrayList<>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            frame.budget().step();
            numbers.add(i);
        }
        return numbers;
    }
}
