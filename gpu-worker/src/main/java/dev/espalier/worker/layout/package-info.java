/** Models in the layouts of other formats: layers made alike with zeros, rows in another order; read a piece at a time. */
package dev.espalier.worker.layout;
