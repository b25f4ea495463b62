/** Model folders as transformers loads them, compared with the model that they were made from. */
package dev.espalier.worker.export;
