/** Jinja, as far as chat templates use it (jinja.palletsprojects.com/templates), bounded and without any way to Java's objects. */
package dev.espalier.worker.chat.jinja;
