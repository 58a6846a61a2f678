module todo/images/edge

go 1.24
