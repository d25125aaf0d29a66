;; attack: is of a version that is not there yet
;; outcome: error
;; binary: AGFzbf8AAAA=

