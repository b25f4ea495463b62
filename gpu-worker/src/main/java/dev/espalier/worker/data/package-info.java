/**
 * Training text: documents from files, tokenised once into a cache, packed into sequences whose order depends on nothing
 * but the seed and a cursor.
 */
package dev.espalier.worker.data;
