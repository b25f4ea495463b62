/** The worker's half of the closed form. */
package dev.espalier.methods.closedform.work;
