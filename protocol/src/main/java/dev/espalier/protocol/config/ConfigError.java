package dev.espalier.protocol.config;

import dev.espalier.protocol.UserError;
import java.util.List;

/** A configuration is wrong; for those who judge several, each of its problems by itself. */
public final class ConfigError extends UserError {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    /** @param problems a sentence each */
    ConfigError(String message, List<String> problems) {
        super(message);
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
