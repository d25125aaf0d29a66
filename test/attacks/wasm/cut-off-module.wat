;; attack: ends in the middle
;; outcome: error
;; binary: AGFzbQEAAAABBAFg

