package dev.espalier.worker.chat.jinja;

/** A template that cannot be parsed or rendered, or that refuses what it is given; the message says why. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TemplateException(String message) {
        super(message);
    }
}
