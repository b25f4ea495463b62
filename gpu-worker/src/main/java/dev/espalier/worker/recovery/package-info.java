/** Training of the smaller model, towards the intact one or the text. */
package dev.espalier.worker.recovery;
