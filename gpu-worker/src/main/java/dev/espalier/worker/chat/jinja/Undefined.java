package dev.espalier.worker.chat.jinja;

/** What a name stands for that nobody has set: nothing where it is written, an error where more is asked of it. */
record Undefined(String name) {
    TemplateException used() {
        return new TemplateException("'" + name + "' is undefined");
    }
}
