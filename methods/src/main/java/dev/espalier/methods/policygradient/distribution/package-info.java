/** The distribution that masks are drawn from, and how it learns: pure, the same on the coordinator and on workers. */
package dev.espalier.methods.policygradient.distribution;
