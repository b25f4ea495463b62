package dev.espalier.protocol.config;

import java.nio.file.Path;

/** What a run or a model may be called: a name that is safe as a folder, in an address and in a label. */
public final class RunNames {
    static final String PATTERN = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

    private static final String REMEDY =
            "must be 1 to 64 letters, digits, dots, hyphens or underscores and begin with a letter or digit";

    private RunNames() {}

    /** Whether text from outside may be a run's name; then it is safe as a file name, too. */
    public static boolean isValid(String name) {
        return name.matches(PATTERN);
    }

    /** The configured name, or the one that the configuration file suggests. */
    static String read(StrictConfig section, String key, String otherwise) {
        if (section.has(key)) {
            return section.matching(key, PATTERN, "run", REMEDY);
        }
        String name = otherwise;
        if (!name.matches(PATTERN)) {
            String why = otherwise.isEmpty() ? "" : "the file's name \"" + otherwise + "\" cannot serve: ";
            section.problems().missing(section.full(key), why + "set a name; it " + REMEDY);
        }
        section.values().put(key, name);
        return name;
    }

    static String from(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
