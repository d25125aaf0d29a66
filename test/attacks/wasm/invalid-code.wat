;; attack: breaks the rules of its own format
;; outcome: error
;; binary: AGFzbQEAAAABBAFgAAADAgEABwoBBl9zdGFydAAACgUBAwBqCw==

