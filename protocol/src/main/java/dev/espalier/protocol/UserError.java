package dev.espalier.protocol;

/**
 * The user's input is wrong: the message says what, where, and what to do. Commands print it alone, without a stack
 * trace, and exit with code 2; a stage that meets it fails for good, since another try cannot help.
 */
public class UserError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserError(String message) {
        super(message);
    }

    public UserError(String message, Throwable cause) {
        super(message, cause);
    }
}
