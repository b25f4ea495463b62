/** A first configuration for a model, a text and the machine at hand. */
package dev.espalier.cli.init;
