package dev.espalier.worker.chat.jinja;

/** Part of a template that does something. */
interface Statement {
    /** How it goes on. */
    enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    Flow run(Frame frame);
}
