/** Telling a person, or a log, how far a command is. */
package dev.espalier.cli.progress;
