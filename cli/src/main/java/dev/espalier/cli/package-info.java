/** The commands, and what they need of a terminal. Everything they do is in the other modules. */
package dev.espalier.cli;
