;; attack: is nothing at all
;; outcome: error
;; binary: 

